// A social security card of one generation, as definition.yaml says it: what products, terminals,
// tests and FILES.md are made of.

import type { AccessCondition } from "../products/access.ts";

/** 2: TDES. 3: SM4, and the cardholder file asks for a key. */
export type Generation = 2 | 3;

/** cn: digits, two to a byte, filled with F. an: GB 18030, filled with 00. b: bytes. */
export type FieldType = "cn" | "an" | "b";

/**
 * What the text of a value must be. date: YYYYMMDD. month: YYYYMM. year: YYYY. time: YYYYMMDDHHMMSS. region:
 * 6 digits of GB/T 2260. phone: digits, with + ( ) - and spaces. card-number: V2.0, appendix A.
 */
export type ValueKind = "date" | "month" | "year" | "time" | "region" | "phone" | "card-number";

/** A value of fixed length: what stands in a record, or in a constructed item. */
export interface FieldDefinition {
  /** Name in JSON, unique in its file or item. */
  readonly key: string;
  /** For people: English, and as the standard has it. */
  readonly name: string;
  readonly chinese: string;
  readonly type: FieldType;
  /** Bytes of the value. */
  readonly length: number;
  readonly kind?: ValueKind;
  /** What coded values mean, English and Chinese; there are no others. */
  readonly codes?: Readonly<Record<string, string>>;
}

/** A part of a constructed item: tag ‖ length ‖ value. */
export interface PartDefinition extends FieldDefinition {
  readonly tag: number;
}

/** A record of a linear file: tag ‖ length ‖ value. */
export interface ItemDefinition extends Omit<FieldDefinition, "type"> {
  readonly tag: number;
  /** tlv: the value is its `parts`, one after another, each at full length. */
  readonly type: FieldType | "tlv";
  readonly parts: readonly PartDefinition[];
  /** How often the item may occur in the file. */
  readonly count: number;
  /** Tag of the item that goes on here when it is full. */
  readonly continues?: number;
}

/** What an operation asks for. */
export interface Access {
  readonly condition: AccessCondition;
  /** Name of the key, where one is asked for: of this application, or of the environment. */
  readonly key?: string;
  /** As the definition writes it: "pin or key RK1DF01". */
  readonly text: string;
}

export type FileType = "transparent" | "linear-fixed" | "linear-variable" | "cyclic";
export type FileStatus = "in-use" | "predefined" | "reserved" | "regional";

export interface FileDefinition {
  /** As terminals write it: "EF05". */
  readonly id: string;
  readonly fid: number;
  readonly sfi: number;
  readonly key: string;
  readonly name: string;
  readonly chinese: string;
  readonly type: FileType;
  readonly status: FileStatus;
  readonly read: Access;
  /** Of UPDATE, and of adding a record. */
  readonly update: Access;
  /** Bytes of a transparent file, else 0. */
  readonly size: number;
  /** Bytes of the longest record with tag and length, and how many there may be; else 0. */
  readonly recordSize: number;
  readonly records: number;
  /** Of a linear file. */
  readonly items: readonly ItemDefinition[];
  /** Of a cyclic file: the fields of a record in order, without tags. */
  readonly fields: readonly FieldDefinition[];
}

/** internal: proves the card. external: opens files. maintenance: MACs, PINs. Others: the account. */
export type KeyPurpose = "internal" | "external" | "maintenance" | "purchase" | "load" | "tac";

export interface KeyDefinition {
  readonly name: string;
  /** On the card, as P2 of EXTERNAL AUTHENTICATE names it. */
  readonly reference: number;
  readonly purpose: KeyPurpose;
  readonly cipher: "tdes" | "sm4";
  /** Values on the card, version 01 first; bytes of one, 8 for a single-length TDES key. */
  readonly versions: number;
  readonly length: number;
  /** Wrong attempts before it is blocked; 0: never. */
  readonly tries: number;
  /** What it is for, in words. */
  readonly use: string;
  /** On the terminal's card: usage, and the identifier of each version that has one of its own. */
  readonly psam?: { readonly usage: number; readonly ids: readonly number[] };
  /** Logical addresses at the key service, one for each version; empty where none is known. */
  readonly hsm: readonly number[];
}

export interface PinDefinition {
  readonly name: string;
  readonly reference: number;
}

/** File that lists the applications: records 61 { 4F AID, 50 label }. */
export interface DirectoryFileDefinition {
  readonly fid: number;
  readonly sfi: number;
  readonly read: Access;
  readonly update: Access;
}

export interface ApplicationDefinition {
  /** As terminals write it: "SSSE", "DF01". */
  readonly id: string;
  readonly fid: number;
  readonly key: string;
  readonly name: string;
  readonly chinese: string;
  /** What it is selected by: its AID, or its label in GBK. */
  readonly dfName: Uint8Array;
  readonly label?: string;
  /** Made only for a product that names it. */
  readonly optional: boolean;
  /** What APPLICATION BLOCK asks for; undefined where the application cannot be blocked. */
  readonly block?: Access;
  readonly account: boolean;
  readonly pins: readonly PinDefinition[];
  readonly keys: readonly KeyDefinition[];
  readonly directoryFile?: DirectoryFileDefinition;
  readonly files: readonly FileDefinition[];
}

/** What a region adds to an application. */
export interface ExtensionDefinition {
  readonly name: string;
  /** Identifier of the application. */
  readonly application: string;
  readonly keys: readonly KeyDefinition[];
  readonly files: readonly FileDefinition[];
}

/** Where an item stands. */
export interface ItemPlace {
  readonly application: string;
  readonly file: string;
  readonly tag: number;
}

export interface CardDefinition {
  readonly generation: Generation;
  readonly cipher: "tdes" | "sm4";
  /** Algorithm indicator of the FCI. */
  readonly algorithm: number;
  /** Tag 03 of the issuance file. */
  readonly version: string;
  /** All applications, the optional ones too; the environment first. */
  readonly applications: readonly ApplicationDefinition[];
  readonly extensions: readonly ExtensionDefinition[];
  /** Items that a card has in one of these places, never in two. */
  readonly exclusive: readonly (readonly ItemPlace[])[];
}
