// What the functions of the reader interface return. Reader specification 2.0, appendix A; the words
// are ours. Zero is success; a status word that the card or the PSAM answered is returned negative.

import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_VERIFICATION_FAILED,
} from "../../../runtime/spec/status-words.ts";

export interface CodeMeaning {
  /** What a desk shows. */
  readonly chinese: string;
  readonly english: string;
}

export const CODE_SUCCESS = 0;
export const CODE_WRONG_CARD_TYPE = -1;
export const CODE_NO_CARD = -2;
export const CODE_NOT_POWERED = -3;
export const CODE_NO_ANSWER = -4;
export const CODE_LIBRARY = -5;
export const CODE_READER = -11;
export const CODE_NOT_CONNECTED = -12;
export const CODE_COMMAND_NOT_SUPPORTED = -13;
export const CODE_COMMAND_PARAMETERS = -14;
export const CODE_CHECKSUM = -15;
export const CODE_IDENTIFIER_FORMAT = -20;
export const CODE_INTERNAL_AUTHENTICATION = -21;
export const CODE_NOT_THIS_CARD = -22;
export const CODE_BAD_INPUT = -23;
export const CODE_KEY_LEVEL = -24;
export const CODE_PIN_CANCELLED = -31;
export const CODE_PIN_TIMEOUT = -32;
export const CODE_PIN_LENGTH = -33;
export const CODE_PINS_DIFFER = -34;
export const CODE_BAD_CHARACTER = -41;
export const CODE_BAD_LENGTH = -42;
export const CODE_PIN_WRONG = -51;
export const CODE_PIN_BLOCKED = -52;
export const CODE_NO_PSAM = -2201;
export const CODE_ALGORITHM_NOT_IN_PSAM = -2202;
export const CODE_NO_READING_KEY = -2203;
export const CODE_NO_HSM_NEEDED = -2204;
/** Ours: it failed after the card may have been changed, with a code that would have the HSM do it once more. */
export const CODE_CHANGED_BEFORE = -2205;
/** Ours: the card has paid, and its proof (MAC2) was not confirmed. The output is the receipt. */
export const CODE_PAID_UNCONFIRMED = -2206;
/** The card or the PSAM knows no such key: SW 6A88. */
export const CODE_KEY_NOT_FOUND = -SW_REFERENCED_DATA_NOT_FOUND;

const OWN: readonly [code: number, chinese: string, english: string][] = [
  [CODE_SUCCESS, "成功", "success"],
  [CODE_WRONG_CARD_TYPE, "卡类型不符", "no social security card, or a card type that is none"],
  [CODE_NO_CARD, "没有卡", "no card"],
  [CODE_NOT_POWERED, "卡未上电", "the card is not powered"],
  [CODE_NO_ANSWER, "卡没有应答", "the card does not answer"],
  [CODE_LIBRARY, "动态库未加载", "the reader's library cannot be loaded"],
  [CODE_READER, "读卡器未连接", "the reader cannot be reached"],
  [CODE_NOT_CONNECTED, "连接未建立", "the step before this one was not done"],
  [CODE_COMMAND_NOT_SUPPORTED, "命令不受支持", "the function does not exist"],
  [CODE_COMMAND_PARAMETERS, "命令参数有误", "a parameter is wrong"],
  [CODE_CHECKSUM, "校验和有误", "the answer is damaged"],
  [CODE_IDENTIFIER_FORMAT, "识别码格式有误", "the card's identifier is not one"],
  [CODE_INTERNAL_AUTHENTICATION, "内部认证未通过", "the card did not prove that it is genuine"],
  [CODE_NOT_THIS_CARD, "传入信息与卡不一致", "the card is not the one that was named"],
  [CODE_BAD_INPUT, "传入信息不合法", "what was passed in is not valid"],
  [CODE_KEY_LEVEL, "PSAM密钥级别过低", "the key of the PSAM is of too low a level"],
  [CODE_PIN_CANCELLED, "密码输入被取消", "the PIN was not entered"],
  [CODE_PIN_TIMEOUT, "密码输入超时", "the PIN was not entered in time"],
  [CODE_PIN_LENGTH, "密码长度有误", "a PIN has 4 to 16 digits"],
  [CODE_PINS_DIFFER, "两次密码不一致", "the new PIN was entered in two ways"],
  [-35, "初始密码不可交易", "the first PIN does not pay (reserved)"],
  [-36, "不可改为初始密码", "the PIN cannot become the first one (reserved)"],
  [CODE_BAD_CHARACTER, "数据含非法字符", "the data hold a character that cannot be there"],
  [CODE_BAD_LENGTH, "数据长度有误", "the data have a wrong length"],
  [CODE_PIN_WRONG, "密码错误", "the PIN is wrong"],
  [CODE_PIN_BLOCKED, "密码已锁定", "the PIN is blocked"],
  [CODE_NO_PSAM, "没有PSAM卡", "there is no PSAM"],
  [CODE_ALGORITHM_NOT_IN_PSAM, "PSAM卡没有该算法", "the PSAM has not the card's algorithm"],
  [
    CODE_NO_READING_KEY,
    "PSAM卡没有RKSSSE密钥",
    "the PSAM has no RKSSSE, which a 3.0 card asks for",
  ],
  [CODE_NO_HSM_NEEDED, "无需加密机", "no key is needed: call the function without HSM"],
  [
    CODE_CHANGED_BEFORE,
    "卡内数据可能已更改",
    "it failed when the card may have been changed already: look before it is done again",
  ],
  [
    CODE_PAID_UNCONFIRMED,
    "已扣款，MAC2未确认",
    "the card says that it paid, its proof was not confirmed: keep the receipt, do not pay again",
  ],
];

// As the specification lists them: the status word behind each is the number itself, in hexadecimal.
const OF_STATUS: readonly [code: number, chinese: string, english: string][] = [
  [-26368, "Lc或Le有误", "wrong Lc or Le"],
  [-26881, "状态不允许该命令", "not in this state"],
  [-27009, "命令与文件不符", "the command does not fit the file"],
  [-27010, "安全条件未满足", "the security conditions are not met"],
  [-27011, "鉴别已锁定", "the key is blocked"],
  [-27012, "随机数或引用数据无效", "no usable random number or data"],
  [-27013, "使用条件未满足", "the conditions of use are not met"],
  [-27016, "安全报文或MAC有误", "the secure message or its MAC is wrong"],
  [-27264, "数据域有误", "the data are wrong"],
  [-27265, "功能不支持或已锁定", "not supported, or blocked"],
  [-27266, "文件不存在", "there is no such file"],
  [-27267, "记录不存在", "there is no such record"],
  [CODE_KEY_NOT_FOUND, "密钥或引用数据不存在", "there is no such key"],
  [-37634, "MAC无效", "the MAC is wrong"],
  [-37635, "应用或卡已永久锁定", "the application is blocked for ever"],
  [-37891, "不支持该消费密钥", "the PSAM, or the card, has no such purchase key"],
  [-37894, "MAC或TAC不可用", "the MAC and TAC asked for are not there"],
];

const MEANINGS: ReadonlyMap<number, CodeMeaning> = new Map(
  [...OWN, ...OF_STATUS].map(([code, chinese, english]) => [code, { chinese, english }]),
);

const TRIES = 0x0f;

/** What a code says; "unknown" for those that the specification does not list. */
export function meaningOf(code: number): CodeMeaning {
  const exact = MEANINGS.get(code);
  if (exact !== undefined) return exact;
  const sw = -code;
  if ((sw & ~TRIES) === SW_VERIFICATION_FAILED) {
    const tries = sw & TRIES;
    return {
      chinese: `外部认证未通过，还可尝试${tries}次`,
      english: `the key was not proven; ${tries} tries are left`,
    };
  }
  return { chinese: "未知错误", english: "unknown error" };
}

/** All codes that have a meaning of their own. */
export function listedCodes(): readonly number[] {
  return [...MEANINGS.keys()];
}

/** Codes on which a desk goes on with the HSM instead of the PSAM. Reader specification 2.0, 10.5. */
export const HSM_CODES: readonly number[] = [
  CODE_NO_PSAM,
  CODE_ALGORITHM_NOT_IN_PSAM,
  CODE_NO_READING_KEY,
  CODE_KEY_NOT_FOUND,
  CODE_KEY_LEVEL,
];
