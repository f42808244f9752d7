// Seeds: how many, how deep, when.

/** Seeds for a bed of so many square centimetres. */
export function seedCount(area: number, spacing: number): number {
  const n = area / (spacing * spacing);
  if (n < 1) {
    return 1;
  } else {
    return Math.floor(n);
  }
}

/** How deep a kind is sown, in millimetres. */
export function depth(kind: string): number {
  switch (kind) {
    case "bean":
      return 40;
    case "lettuce":
      return 5;
    case "carrot":
      return 10;
    case "pea":
      return 50;
    default:
      return 20;
  }
}

/** Whether a month, 1 to 12, is right for sowing outside. */
export function canSow(month: number, frost: boolean): boolean {
  if (!frost) {
    if (month >= 4 && month <= 9) {
      return true;
    }
  }
  return false;
}
