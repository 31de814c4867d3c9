// Where sample people were born: districts of large cities with their codes (GB/T 2260), the ethnic
// groups (GB/T 3304) that live there more than elsewhere, and how likely a sample person comes from
// there.

/** County-level code, weight. */
export const BIRTHPLACES: readonly (readonly [string, number])[] = [
  ["110101", 4], // Beijing, Dongcheng
  ["110105", 8], // Beijing, Chaoyang
  ["120101", 4], // Tianjin, Heping
  ["130102", 4], // Shijiazhuang, Chang'an
  ["140105", 3], // Taiyuan, Xiaodian
  ["150102", 2], // Hohhot, Xincheng
  ["210102", 4], // Shenyang, Heping
  ["220102", 3], // Changchun, Nanguan
  ["230103", 4], // Harbin, Nangang
  ["310101", 4], // Shanghai, Huangpu
  ["310115", 8], // Shanghai, Pudong
  ["320102", 6], // Nanjing, Xuanwu
  ["330106", 6], // Hangzhou, Xihu
  ["340104", 5], // Hefei, Shushan
  ["350203", 4], // Xiamen, Siming
  ["360102", 4], // Nanchang, Donghu
  ["370202", 6], // Qingdao, Shinan
  ["410102", 7], // Zhengzhou, Zhongyuan
  ["420106", 6], // Wuhan, Wuchang
  ["430104", 5], // Changsha, Yuelu
  ["440103", 6], // Guangzhou, Liwan
  ["440305", 6], // Shenzhen, Nanshan
  ["450103", 3], // Nanning, Qingxiu
  ["460105", 1], // Haikou, Xiuying
  ["500103", 5], // Chongqing, Yuzhong
  ["510104", 6], // Chengdu, Jinjiang
  ["510107", 6], // Chengdu, Wuhou
  ["520102", 3], // Guiyang, Nanming
  ["530102", 3], // Kunming, Wuhua
  ["540102", 1], // Lhasa, Chengguan
  ["610103", 4], // Xi'an, Beilin
  ["620102", 2], // Lanzhou, Chengguan
  ["630102", 1], // Xining, Chengdong
  ["640104", 1], // Yinchuan, Xingqing
  ["650102", 2], // Urumqi, Tianshan
];

/** Ethnic groups by share of the population, parts per ten thousand. */
const EVERYWHERE: readonly (readonly [string, number])[] = [
  ["01", 9110],
  ["08", 139],
  ["03", 81],
  ["11", 74],
  ["06", 79],
  ["07", 70],
  ["15", 68],
  ["02", 45],
  ["04", 10],
  ["05", 5],
  ["99", 5],
];

/** Local shares by province, parts per ten thousand. */
const LOCAL: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  "15": [["01", 7800] as const, ["02", 1900] as const, ["11", 200] as const, ["03", 100] as const],
  "45": [["01", 6200] as const, ["08", 3200] as const, ["13", 500] as const],
  "54": [["04", 8600] as const, ["01", 1300] as const],
  "64": [["01", 6400] as const, ["03", 3600] as const],
  "65": [["05", 4500] as const, ["01", 4200] as const, ["17", 650] as const, ["03", 450] as const],
};

/** Shares of ethnic groups where the region lies. */
export function ethnicShares(region: string): readonly (readonly [string, number])[] {
  return LOCAL[region.slice(0, 2)] ?? EVERYWHERE;
}
