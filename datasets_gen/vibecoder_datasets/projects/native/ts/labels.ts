// Labels for pots.

/** A label: name in capitals, Latin name short, date. */
export function label(name: string, latin: string, day: number, month: number): string {
  const upper = name.toUpperCase();
  const words = latin.split(" ");
  let short = "";
  for (const word of words) {
    short = short + word.charAt(0).toUpperCase() + ".";
  }
  let dayText = String(day);
  if (dayText.length < 2) {
    dayText = "0" + dayText;
  }
  let monthText = String(month);
  if (monthText.length < 2) {
    monthText = "0" + monthText;
  }
  return `${upper} ${short} ${dayText}.${monthText}`;
}

/** Whether every pot has its label. */
export function allLabelled(pots: string[]): boolean {
  for (const pot of pots) {
    if (pot === "") {
      return false;
    }
  }
  return true;
}

/** Pots by shelf; a shelf takes 12. */
export function shelves(pots: number): number {
  const s = Math.floor(pots / 12);
  if (pots % 12 > 0) {
    return s + 1;
  }
  return s;
}
