// Lays out the configuration block. `runtime/spec/configuration.ts` is the format.

import {
  MAX_CONFIGURATION_BYTES,
  TAG_4F_AID,
  TAG_8A_CHANNELS,
  TAG_8B_PACKAGE_PAGES,
  TAG_8C_SECURE_CHANNELS,
  TAG_80_PAGE_SIZE,
  TAG_81_PAGE_COUNT,
  TAG_82_HISTORICAL_BYTES,
  TAG_83_ATR_INTERFACE_BYTES,
  TAG_84_ATS_INTERFACE_BYTES,
  TAG_85_RAM,
  TAG_86_MODULE_INDEX,
  TAG_87_PRIVILEGES,
  TAG_88_PARAMETERS,
  TAG_89_FLAGS,
  TAG_90_QUOTA,
  TAG_91_IMPLICIT_SELECTION,
  TAG_92_APPLET_RAM,
  TAG_E1_MODULE,
  TAG_E2_INSTANCE,
} from "../runtime/spec/configuration.ts";
import { SLOT_DATA_BYTES } from "../runtime/spec/store.ts";
import { BudgetError } from "./errors.ts";
import type { Manifest } from "./image/types.ts";
import { field, uint16 } from "./tlv.ts";

/**
 * The block that the kernel reads at boot. It is derived, never stored: the signed manifest is
 * the one source, and a block that contradicts it cannot exist.
 * @throws BudgetError if the block is longer than the kernel reads
 */
export function encodeConfiguration(manifest: Manifest): Uint8Array {
  const { chip, interfaces, channels, secureChannels, modules, instances } = manifest;
  const block = [
    ...field(TAG_80_PAGE_SIZE, uint16(chip.pageBytes)),
    ...field(TAG_81_PAGE_COUNT, uint16(chip.pageCount)),
    ...field(TAG_82_HISTORICAL_BYTES, interfaces.historicalBytes),
    ...field(TAG_83_ATR_INTERFACE_BYTES, interfaces.atrInterfaceBytes),
    ...field(TAG_84_ATS_INTERFACE_BYTES, interfaces.atsInterfaceBytes),
    ...field(TAG_8A_CHANNELS, [channels]),
    ...field(TAG_8B_PACKAGE_PAGES, uint16(chip.packagePages)),
    ...field(
      TAG_8C_SECURE_CHANNELS,
      secureChannels.flatMap(({ protocol, i }) => [protocol, i]),
    ),
    ...field(TAG_92_APPLET_RAM, uint32(appletRam(manifest))),
    ...modules
      .slice(1)
      .flatMap((module) =>
        field(TAG_E1_MODULE, [
          ...field(TAG_4F_AID, module.aid ?? []),
          ...field(TAG_85_RAM, uint16(module.ramBytes)),
          ...field(TAG_89_FLAGS, [module.flags ?? 0]),
        ]),
      ),
    ...instances.flatMap((instance) =>
      field(TAG_E2_INSTANCE, [
        ...field(TAG_4F_AID, instance.aid),
        ...field(TAG_86_MODULE_INDEX, [instance.module]),
        ...field(TAG_87_PRIVILEGES, instance.privileges),
        ...field(TAG_88_PARAMETERS, instance.parameters),
        ...field(TAG_90_QUOTA, uint16(Math.ceil(instance.quotaBytes / SLOT_DATA_BYTES))),
        ...field(TAG_91_IMPLICIT_SELECTION, [instance.implicit]),
      ]),
    ),
  ];
  if (block.length > MAX_CONFIGURATION_BYTES) {
    throw new BudgetError(
      "configuration block",
      block.length,
      MAX_CONFIGURATION_BYTES,
      "shorten install parameters or install fewer instances on a blank",
    );
  }
  return Uint8Array.from(block);
}

function uint32(value: number): number[] {
  return [...uint16(value >>> 16), ...uint16(value & 0xffff)];
}

/**
 * RAM that instances may have together: what the chip has beside the kernel's, and beside the stacks of
 * two applets, since one can have another installed or personalized.
 */
function appletRam({ chip, modules }: Manifest): number {
  const [kernel, ...applets] = modules;
  const stack = Math.max(0, ...applets.map((applet) => applet.stackBytes));
  const taken = (kernel?.ramBytes ?? 0) + (kernel?.stackBytes ?? 0) + 2 * stack;
  return Math.max(0, chip.ramBytes - taken);
}
