// The harvest book.

export interface Entry {
  crop: string;
  grams: number;
}

/** The sum of grams of one crop. */
export function gramsOf(entries: Entry[], crop: string): number {
  let sum = 0;
  for (let i = 0; i < entries.length; i++) {
    if (entries[i].crop === crop) {
      sum = sum + entries[i].grams;
    }
  }
  return sum;
}

/** One line for each crop, largest harvest first. */
export function report(entries: Entry[]): string[] {
  const sums = new Map<string, number>();
  for (const entry of entries) {
    const old = sums.get(entry.crop);
    if (old === undefined) {
      sums.set(entry.crop, entry.grams);
    } else {
      sums.set(entry.crop, old + entry.grams);
    }
  }
  const sorted = [...sums].sort((a, b) => b[1] - a[1]);
  const lines: string[] = [];
  for (const pair of sorted) {
    lines.push(`${pair[0]}: ${pair[1]} g`);
  }
  return lines;
}

/** A weight with its unit. */
export function shown(grams: number): string {
  if (grams >= 1000) {
    const text = (grams / 1000).toFixed(1) + " kg";
    return text;
  } else {
    const text = grams + " g";
    return text;
  }
}
