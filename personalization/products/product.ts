// A product, read and checked: the tree that its cards get, and where each value comes from.
// A product file writes the tree itself, or names a definition that expand.ts makes it of.

import type { AccessCondition } from "./access.ts";
import type { ProductContent } from "./schema.ts";
import type { Source } from "./source.ts";
import type { ReadBackStep } from "./written-application.ts";

export type ItemType = "cn" | "an" | "b";
export type FileType = "transparent" | "linear-fixed" | "linear-variable" | "cyclic";

/** Anything with a type, a length and a source. */
export type TypedSource = Source & { type: ItemType; length: number };

export interface ProductKey {
  /** In its directory; the bit that says "of this DF" may be set. */
  reference: number;
  name: string;
  kind: "aes" | "sm4" | "tdes";
  uses: ("encrypt" | "decrypt" | "derive")[];
  /** 0 = without limit. */
  tries: number;
  /** Names of the master keys, one for each version on the card, version 01 first. */
  masters: string[];
  /** A TDES key with one DES length, which goes onto the card twice. */
  single?: boolean;
  /** The card proves itself with it. */
  provesCard?: boolean;
}

export type ProductPin = TypedSource & { reference: number; tries: number };

/** A part of a constructed item; without a source it is filled. */
export interface ProductPart {
  tag: number;
  name: string;
  type: ItemType;
  length: number;
  source?: Source;
  codes?: Readonly<Record<string, string>>;
}

/** A record tag ‖ length ‖ value. */
export type ProductItem = Source & {
  tag: number;
  name: string;
  /** tlv: the value is its parts. */
  type: ItemType | "tlv";
  length: number;
  /** What did not fit into the item of this tag. */
  continuationOf?: number;
  parts?: ProductPart[];
  /** The values that are allowed; undefined: any. */
  codes?: Readonly<Record<string, string>>;
};

/** Content of a transparent file. */
export type ProductContentSource = TypedSource & {
  /** A file of the batch must have the length, or be brought to it: nothing is filled up. */
  exact?: boolean;
};

export interface ProductFile {
  id: number;
  name: string;
  type: FileType;
  sfi?: number;
  access: { read: AccessCondition; update: AccessCondition; append: AccessCondition };
  /** Largest record in bytes, and how many the file holds; by default what the items need. */
  recordSize?: number;
  records?: number;
  /** Bytes of a transparent file; by default those of its content. */
  size?: number;
  items?: ProductItem[];
  content?: ProductContentSource;
}

/** The medical account: amounts of 4 bytes binary in fen, year and day of 2 bytes BCD. */
export interface ProductAccount {
  balance: TypedSource;
  selfPaid: TypedSource;
  pooled: TypedSource;
  year: TypedSource;
  startingDay: TypedSource;
}

export interface Directory {
  id: number;
  name?: string;
  dfName?: Uint8Array;
  /** What blocking it asks for; by default it cannot be blocked. */
  block?: AccessCondition;
  keys?: ProductKey[];
  pins?: ProductPin[];
  files?: ProductFile[];
  account?: ProductAccount;
  directories?: Directory[];
}

/** A data grouping of the application's own: source, and for a key its length and sealed value. */
export type ProductGrouping = TypedSource & {
  dgi: number;
  name: string;
  key?: { kind: ProductKey["kind"]; master: string; levels: Level[]; single?: boolean };
};

export type Level = "province" | "city" | "card";

export interface ProductApplication {
  name: string;
  aid: Uint8Array;
  securityLevel: number;
  diversification: { levels: Level[]; region: Source; card: Source };
  /** Algorithm indicator of the application; undefined: the applet's own default. */
  algorithm?: number;
  directory: Directory;
  groupings: ProductGrouping[];
  readBack: ReadBackStep[];
}

/** A product file, read and checked. */
export interface Product extends Omit<ProductContent, "applications"> {
  readonly file: string;
  /** SHA-256 of the file's bytes, and of the definitions it names. */
  readonly digest: Uint8Array;
  readonly applications: ProductApplication[];
}
