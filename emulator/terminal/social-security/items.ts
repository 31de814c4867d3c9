// Data items of the application environment: what a desk calls them and how they are written.
// Social security card, file structure and data items V2.0, table 9.

import {
  FID_EF05_ISSUANCE,
  FID_EF06_CARDHOLDER,
  TAG_0A_SEX,
  TAG_0B_ETHNIC_GROUP,
  TAG_0C_BIRTHPLACE,
  TAG_0D_BIRTH_DATE,
  TAG_4E_NAME_EXTENSION,
  TAG_01_CARD_IDENTIFIER,
  TAG_02_CARD_CATEGORY,
  TAG_03_SPECIFICATION_VERSION,
  TAG_04_ISSUER_IDENTIFIER,
  TAG_05_ISSUE_DATE,
  TAG_06_EXPIRY_DATE,
  TAG_07_CARD_NUMBER,
  TAG_08_SOCIAL_SECURITY_NUMBER,
  TAG_09_NAME,
} from "../../../applets/social-security/spec.ts";

/** cn: digits, two to a byte, filled with F. an: text in GB 18030, filled with 00. */
export type ItemType = "cn" | "an";

export interface Item {
  readonly tag: number;
  /** Name in JSON, and for people: English and as the standard has it. */
  readonly key: string;
  readonly label: string;
  readonly chinese: string;
  readonly type: ItemType;
  /** Bytes of the value. */
  readonly length: number;
}

export interface ItemFile {
  readonly id: number;
  readonly items: readonly Item[];
}

const item = (
  tag: number,
  key: string,
  label: string,
  chinese: string,
  type: ItemType,
  length: number,
): Item => ({ tag, key, label, chinese, type, length });

export const ISSUANCE: ItemFile = {
  id: FID_EF05_ISSUANCE,
  items: [
    item(TAG_01_CARD_IDENTIFIER, "cardIdentifier", "card identifier", "卡的识别码", "cn", 16),
    item(TAG_02_CARD_CATEGORY, "category", "category", "卡的类别", "an", 1),
    item(TAG_03_SPECIFICATION_VERSION, "version", "specification", "规范版本", "an", 4),
    item(TAG_04_ISSUER_IDENTIFIER, "issuer", "initialized by", "初始化机构编号", "cn", 12),
    item(TAG_05_ISSUE_DATE, "issueDate", "issued", "发卡日期", "cn", 4),
    item(TAG_06_EXPIRY_DATE, "expiryDate", "valid until", "卡有效期", "cn", 4),
    item(TAG_07_CARD_NUMBER, "cardNumber", "card number", "卡号", "an", 9),
  ],
};

export const CARDHOLDER: ItemFile = {
  id: FID_EF06_CARDHOLDER,
  items: [
    item(
      TAG_08_SOCIAL_SECURITY_NUMBER,
      "socialSecurityNumber",
      "social security number",
      "社会保障号码",
      "an",
      18,
    ),
    item(TAG_09_NAME, "name", "name", "姓名", "an", 30),
    item(TAG_4E_NAME_EXTENSION, "nameExtension", "name, continued", "姓名扩展", "an", 20),
    item(TAG_0A_SEX, "sex", "sex", "性别", "an", 1),
    item(TAG_0B_ETHNIC_GROUP, "ethnicGroup", "ethnic group", "民族", "cn", 1),
    item(TAG_0C_BIRTHPLACE, "birthplace", "birthplace", "出生地", "cn", 3),
    item(TAG_0D_BIRTH_DATE, "birthDate", "born", "出生日期", "cn", 4),
  ],
};
