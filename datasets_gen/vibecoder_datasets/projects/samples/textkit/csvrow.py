"""Rows of comma-separated values."""


def split_row(row: str) -> list[str]:
    """The cells of a row, blanks around them removed."""
    return [cell.strip() for cell in row.split(",")]


def join_row(cells: list[str]) -> str:
    """One row from cells; a cell with a comma is quoted."""
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)
