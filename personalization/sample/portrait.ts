// A portrait of nobody: head, hair and shoulders drawn as flat shapes over a shaded ground,
// as a JPEG of at most 4096 bytes. Integer arithmetic only: same seed, same bytes.

import { encode } from "jpeg-js";
import { Random } from "./random.ts";

/** Pixels. Departs from V2.0, table 15 (26 × 32 mm at 300 dpi): half of that fits 4096 bytes. */
const WIDTH = 156;
const HEIGHT = 192;
/** Largest portrait file of the social security card. */
export const PORTRAIT_BYTES = 4096;
/** Tried in order until the file is small enough. */
const QUALITIES = [60, 50, 40, 30, 20, 10];

type Colour = readonly [number, number, number];
const GROUNDS: readonly Colour[] = [
  [196, 214, 232],
  [230, 232, 236],
  [170, 196, 224],
];
const SKINS: readonly Colour[] = [
  [242, 208, 180],
  [228, 188, 156],
  [212, 168, 134],
  [190, 146, 112],
];
const HAIRS: readonly Colour[] = [
  [28, 24, 24],
  [52, 40, 34],
  [120, 118, 116],
];
const CLOTHES: readonly Colour[] = [
  [40, 56, 92],
  [84, 36, 44],
  [52, 84, 64],
  [72, 72, 78],
  [150, 120, 70],
];

const EYES: Colour = [40, 30, 28];
const LIPS: Colour = [176, 92, 88];

/** A JPEG file, 24-bit colour. */
export function samplePortrait(seed: number): Uint8Array {
  const data = draw(new Random(seed));
  for (const quality of QUALITIES) {
    const file = encode({ width: WIDTH, height: HEIGHT, data }, quality).data;
    if (file.length <= PORTRAIT_BYTES) return Uint8Array.from(file);
  }
  throw new Error("the portrait does not get small enough");
}

/** Pixels RGBA, row by row. */
function draw(random: Random): Uint8Array {
  const [ground, skin, hair, cloth] = [GROUNDS, SKINS, HAIRS, CLOTHES].map((list) =>
    random.pick(list),
  ) as [Colour, Colour, Colour, Colour];
  const centre = WIDTH / 2 + random.below(5) - 2;
  const face = {
    y: 84 + random.below(6),
    width: 36 + random.below(8),
    height: 48 + random.below(8),
  };
  const fringe = face.y - face.height + 18 + random.below(16);
  const shoulders = 62 + random.below(12);
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const shade = (y * 24) >> 7;
      let [r, g, b] = [ground[0] - shade, ground[1] - shade, ground[2] - shade];
      if (within(x - centre, y - HEIGHT - 6, shoulders, 62)) [r, g, b] = cloth;
      if (within(x - centre, y - face.y + 6, face.width + 7, face.height + 8)) [r, g, b] = hair;
      if (within(x - centre, y - face.y - 40, 15, 26)) [r, g, b] = skin;
      if (y > fringe && within(x - centre, y - face.y, face.width, face.height)) [r, g, b] = skin;
      if (within(Math.abs(x - centre) - 15, y - face.y + 4, 5, 3)) [r, g, b] = EYES;
      if (within(x - centre, y - face.y - 26, 10, 3)) [r, g, b] = LIPS;
      const at = (y * WIDTH + x) * 4;
      pixels[at] = r;
      pixels[at + 1] = g;
      pixels[at + 2] = b;
      pixels[at + 3] = 255;
    }
  }
  return pixels;
}

/** Is the point inside the ellipse of radii rx and ry around 0? */
function within(x: number, y: number, rx: number, ry: number): boolean {
  return (x * ry) ** 2 + (y * rx) ** 2 <= (rx * ry) ** 2;
}
