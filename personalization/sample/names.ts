// Names for sample people: common surnames by their share, common characters of given names,
// and some names as other ethnic groups write them. Combined at random; nobody in particular.

import type { Random } from "./random.ts";

/** Surname and its share in parts per thousand of the population, roughly. */
const SURNAMES: readonly (readonly [string, number])[] = [
  ["王", 72],
  ["李", 71],
  ["张", 68],
  ["刘", 54],
  ["陈", 45],
  ["杨", 31],
  ["赵", 23],
  ["黄", 22],
  ["周", 21],
  ["吴", 20],
  ["徐", 17],
  ["孙", 15],
  ["胡", 13],
  ["朱", 13],
  ["高", 12],
  ["林", 12],
  ["何", 12],
  ["郭", 11],
  ["马", 11],
  ["罗", 10],
  ["梁", 9],
  ["宋", 8],
  ["郑", 8],
  ["谢", 8],
  ["韩", 7],
  ["唐", 7],
  ["冯", 6],
  ["于", 6],
  ["董", 6],
  ["萧", 6],
  ["程", 6],
  ["曹", 5],
  ["袁", 5],
  ["邓", 5],
  ["许", 5],
  ["傅", 5],
  ["沈", 5],
  ["曾", 5],
  ["彭", 5],
  ["吕", 5],
  ["欧阳", 1],
  ["司马", 1],
  ["上官", 1],
  ["诸葛", 1],
];

const MALE = [..."伟强磊军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆峰龙建国志文博泽轩梓睿晨"];
const FEMALE = [..."芳娜敏静秀娟英华慧巧美雅芝玉萍红娥玲芬芳燕彩春菊兰凤洁梅琳雪莉欣怡婷"];
/** Characters outside GB 2312, as real name files hold them: four bytes, or the end of GBK. */
const RARE = [..."喆玥珺淼焱翀旻昇堃㛃䶮𬭚"];

const UYGHUR_MALE = ["买买提", "吐尔逊", "艾力", "阿卜杜拉", "玉素甫", "努尔麦麦提"];
const UYGHUR_FEMALE = ["阿依古丽", "古丽巴哈尔", "热依汗", "帕提古丽", "米热班"];
const TIBETAN = ["扎西", "次仁", "卓玛", "央金", "格桑", "达瓦", "尼玛", "平措"];
const MONGOLIAN_MALE = ["巴特尔", "苏和", "阿古拉", "宝力德", "额尔德木图"];
const MONGOLIAN_FEMALE = ["乌兰", "其其格", "萨仁", "娜仁花", "塔娜"];

/** A name that fits the ethnic group (GB/T 3304) and the sex ("1" male, "2" female). */
export function sampleName(random: Random, ethnicGroup: string, sex: string): string {
  switch (ethnicGroup) {
    case "05":
      return `${random.pick(sex === "1" ? UYGHUR_MALE : UYGHUR_FEMALE)}·${random.pick(UYGHUR_MALE)}`;
    case "04":
      return random.pick(TIBETAN) + random.pick(TIBETAN);
    case "02":
      return random.pick(sex === "1" ? MONGOLIAN_MALE : MONGOLIAN_FEMALE);
    default:
      return random.weighted(SURNAMES) + givenName(random, sex);
  }
}

/** One character in five names, else two; a rare character in one of fifty. */
function givenName(random: Random, sex: string): string {
  const common = sex === "1" ? MALE : FEMALE;
  const first = random.below(50) === 0 ? random.pick(RARE) : random.pick(common);
  return random.below(5) === 0 ? first : first + random.pick(common);
}
