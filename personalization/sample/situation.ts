// What a sample person's public, employment and insurance files say: it fits the age. Addresses,
// employers, telephone numbers and accounts are of nobody; no such number is given out.

import { cardNumberCheckCharacter } from "../identity/card-number.ts";
import type { Random } from "./random.ts";

const STREETS = ["人民路", "解放路", "中山路", "建设路", "新华街", "和平街", "文化路", "青年路"];
const EMPLOYERS = ["示例机械厂", "示例电子有限公司", "示例食品有限公司", "示例商贸有限公司"];
const SCHOOLS = ["示例大学", "示例理工学院", "示例职业技术学院"];
/** Education and its share in parts per hundred, for grown people. */
const EDUCATIONS: readonly (readonly [string, number])[] = [
  ["14", 2],
  ["21", 12],
  ["31", 14],
  ["61", 20],
  ["71", 36],
  ["81", 16],
];
/** Marital status of grown people. */
const MARITAL: readonly (readonly [string, number])[] = [
  ["1", 20],
  ["2", 68],
  ["3", 6],
  ["4", 6],
];
const GROWN = 22;
const RETIRED = 60;

/** The columns that the sample adds behind the portrait, in order. */
export const SITUATION_COLUMNS = [
  "fingerprints",
  "person_number",
  "household_type",
  "household_address",
  "address",
  "residence_region",
  "phone",
  "contact_name",
  "contact_phone",
  "work_status",
  "marital_status",
  "person_category",
  "employer",
  "employer_code",
  "education",
  "degree",
  "subject",
  "school",
  "occupation",
  "employment_date",
  "unemployment_date",
  "insured_region",
  "pension_date",
  "retirement_date",
  "medical_category",
  "medical_date",
  "medical_account",
  "hospital",
  "medical_balance",
] as const;
export type SituationColumn = (typeof SITUATION_COLUMNS)[number];

export interface SamplePerson {
  /** Of the row, from 0. */
  readonly index: number;
  readonly region: string;
  readonly issuingRegion: string;
  readonly birthYear: number;
  readonly issueYear: number;
  readonly fingerprints: string;
}

/** A field for each column; empty where the person has no such thing. */
export function sampleSituation(random: Random, person: SamplePerson): string[] {
  const age = person.issueYear - person.birthYear;
  const fields = {
    ...household(random, person),
    ...work(random, person, age),
    ...insurance(random, person, age),
  };
  return SITUATION_COLUMNS.map((column) => fields[column] ?? "");
}

type Fields = Partial<Record<SituationColumn, string>>;

function household(random: Random, { index, region, fingerprints }: SamplePerson): Fields {
  const address = () => `${random.pick(STREETS)}${1 + random.below(300)}号`;
  // No telephone number begins with 100.
  const phone = (digit: number) => `100${digit}${String(index).padStart(7, "0")}`;
  const child = random.below(100) < 15;
  return {
    // One person in eight has none.
    fingerprints: random.below(8) === 0 ? "" : fingerprints,
    person_number: String(index + 1).padStart(12, "0"),
    household_type: random.below(100) < 60 ? "10" : "20",
    household_address: address(),
    address: address(),
    residence_region: region,
    phone: phone(0),
    contact_name: child ? "示例联系人" : "",
    contact_phone: child ? phone(1) : "",
  };
}

function work(random: Random, { birthYear, issueYear }: SamplePerson, age: number): Fields {
  const day = () => `${1 + random.below(12)}`.padStart(2, "0");
  if (age < GROWN) return { work_status: "7", marital_status: "1", person_category: "31" };
  const education = random.weighted(EDUCATIONS);
  const studied = education < "40";
  const common: Fields = {
    marital_status: random.weighted(MARITAL),
    education,
    degree: studied ? "401" : "",
    subject: studied ? "080901" : "",
    school: studied ? random.pick(SCHOOLS) : "",
  };
  if (age >= RETIRED) return { ...common, work_status: "3", person_category: "80" };
  if (random.below(100) < 6) {
    const unemployed = { work_status: "5", person_category: "70" };
    return { ...common, ...unemployed, unemployment_date: `${issueYear - 1}-${day()}-15` };
  }
  const started = Math.max(birthYear + GROWN, issueYear - 1 - random.below(20));
  return {
    ...common,
    work_status: "1",
    person_category: random.below(2) === 0 ? "24" : "13",
    employer: random.pick(EMPLOYERS),
    employer_code: organization(random.below(1_000_000)),
    occupation: "6040199",
    employment_date: `${Math.min(started, issueYear - 1)}-${day()}-01`,
  };
}

function insurance(random: Random, person: SamplePerson, age: number): Fields {
  const { index, issuingRegion, birthYear, issueYear } = person;
  const retired = age >= RETIRED;
  const since = Math.min(issueYear - 1, Math.max(birthYear + 1, 2001 + random.below(20)));
  return {
    insured_region: issuingRegion,
    pension_date: age >= GROWN ? `${Math.max(since, birthYear + 16)}-07-01` : "",
    retirement_date: retired ? `${birthYear + RETIRED}-01-01` : "",
    medical_category: retired ? "21" : age >= GROWN ? "11" : "91",
    medical_date: `${since === birthYear ? since + 1 : since}-12-31`,
    medical_account: `${issuingRegion}${String(index + 1).padStart(10, "0")}`,
    hospital: organization(9_000_000 + random.below(40)),
    medical_balance: `${random.below(8000)}.${String(random.below(100)).padStart(2, "0")}`,
  };
}

/** A code with its check character. No register has codes that begin with Z. */
function organization(number: number): string {
  const characters = `Z${String(number).padStart(7, "0")}`;
  return characters + cardNumberCheckCharacter(characters);
}
