// AssemblyScript's names of types for the Node side, so that both sides read the same spec files.
declare type u8 = number;
declare type u16 = number;
declare type u32 = number;
declare type i32 = number;
declare type usize = number;
declare type bool = boolean;
