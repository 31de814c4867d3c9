// The card API without the SDK's manners: any operation, any words.
// The compiler names the import after this file: "card".

export declare function call(operation: i32, a: i32, b: i32, c: i32, d: i32): i32;
