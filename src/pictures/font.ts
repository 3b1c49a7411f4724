/**
 * A bitmap font of five by seven pixels, for captions in pictures. Letters with descenders have nine rows.
 *
 * @module
 */

/** Pixels from one letter to the next, at scale 1. */
export const GLYPH_ADVANCE = 6;
/** Rows of a letter without descender, at scale 1. */
export const GLYPH_ROWS = 7;

/** Each row is two hexadecimal digits, five bits wide, the left pixel highest. */
const GLYPHS: Readonly<Record<string, string>> = {
  " ": "",
  "!": "04040404040004",
  '"': "0a0a0a",
  "#": "0a0a1f0a1f0a0a",
  "%": "18190204081303",
  "&": "0c12140815120d",
  "'": "040408",
  "(": "02040808080402",
  ")": "08040202020408",
  "*": "0004150e150400",
  "+": "0004041f040400",
  ",": "00000000000c0408",
  "-": "0000000e000000",
  ".": "00000000000c0c",
  "/": "01010204081010",
  "0": "0e11131519110e",
  "1": "040c040404040e",
  "2": "0e11010204081f",
  "3": "1f02040201110e",
  "4": "02060a121f0202",
  "5": "1f101e0101110e",
  "6": "0608101e11110e",
  "7": "1f010204080808",
  "8": "0e11110e11110e",
  "9": "0e11110f01020c",
  ":": "000c0c000c0c00",
  ";": "000c0c000c0408",
  "<": "02040810080402",
  "=": "00001f001f0000",
  ">": "08040201020408",
  "?": "0e110102040004",
  "A": "0e11111f111111",
  "B": "1e11111e11111e",
  "C": "0e11101010110e",
  "D": "1e11111111111e",
  "E": "1f10101e10101f",
  "F": "1f10101e101010",
  "G": "0e11101711110f",
  "H": "1111111f111111",
  "I": "0e04040404040e",
  "J": "0702020202120c",
  "K": "11121418141211",
  "L": "1010101010101f",
  "M": "111b1515111111",
  "N": "11111915131111",
  "O": "0e11111111110e",
  "P": "1e11111e101010",
  "Q": "0e11111115120d",
  "R": "1e11111e141211",
  "S": "0f10100e01011e",
  "T": "1f040404040404",
  "U": "1111111111110e",
  "V": "11111111110a04",
  "W": "1111111515150a",
  "X": "11110a040a1111",
  "Y": "11110a04040404",
  "Z": "1f01020408101f",
  "[": "0e08080808080e",
  "]": "0e02020202020e",
  "^": "040a11",
  "_": "0000000000001f",
  "a": "00000e010f110f",
  "b": "1010161911111e",
  "c": "00000e1110110e",
  "d": "01010d1311110f",
  "e": "00000e111f100e",
  "f": "0609081c080808",
  "g": "00000f1111110f010e",
  "h": "10101619111111",
  "i": "04000c0404040e",
  "j": "02000602020202120c",
  "k": "10101214181412",
  "l": "0c04040404040e",
  "m": "00001a15151511",
  "n": "00001619111111",
  "o": "00000e1111110e",
  "p": "00001e1111111e1010",
  "q": "00000f1111110f0101",
  "r": "00001619101010",
  "s": "00000f100e011e",
  "t": "08081c08080906",
  "u": "0000111111130d",
  "v": "00001111110a04",
  "w": "0000111115150a",
  "x": "0000110a040a11",
  "y": "0000111111110f010e",
  "z": "00001f0204081f",
  "|": "04040404040404",
  "~": "00000815020000",
  "µ": "0000111111131d1010",
  "π": "00001f0a0a0a0a",
  "°": "0c12120c",
  "×": "00110a040a1100",
};

/** What stands for a letter that the font does not have. */
const UNKNOWN = "1f11111111111f";

/** Rows of a letter, top first; five bits each, the left pixel highest. */
export function glyphRows(letter: string): number[] {
  const code = GLYPHS[letter] ?? UNKNOWN;
  return Array.from(
    { length: code.length / 2 },
    (_, row) => Number.parseInt(code.slice(2 * row, 2 * row + 2), 16),
  );
}

/** Pixels that a text is wide. */
export function textWidth(text: string, scale = 1): number {
  return Math.max(0, [...text].length * GLYPH_ADVANCE - 1) * scale;
}
