// The names under which a module exports its entries, in the order of ENTRY_*. Of no use to the kernel,
// in whose RAM a string would lie.

export const ENTRY_NAMES: string = "install,select,deselect,process";
