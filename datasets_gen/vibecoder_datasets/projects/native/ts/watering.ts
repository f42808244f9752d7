// Watering by weather.

/** Litres for a bed of so many square metres. */
export function litres(area: number, weather: string): number {
  if (weather === "rain") {
    return 0;
  } else if (weather === "cloud") {
    return area * 3;
  } else if (weather === "sun") {
    return area * 8;
  } else if (weather === "heat") {
    return area * 12;
  } else {
    return area * 5;
  }
}

/** Minutes until a hose of 18 litres a minute has given so many litres. */
export function minutes(litres: number): number {
  return Math.ceil(litres / 18);
}

/** The days, counted from 0, on which it must be watered. */
export function wateringDays(rain: number[]): number[] {
  const days: number[] = [];
  for (let d = 0; d < rain.length; d++) {
    if (rain[d] < 4) {
      if (d === 0 || rain[d - 1] < 4) {
        days.push(d);
      }
    }
  }
  return days;
}
