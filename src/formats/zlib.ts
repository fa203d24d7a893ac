// What the Flask format asks of a zlib (RFC 1950), as a contract; `#zlib` in package.json names who
// fulfils it.

/** The stream at level 6, zlib's default. */
export declare function deflate(bytes: Uint8Array): Uint8Array
/** The bytes inside, or null when the stream is broken or holds more than `most` bytes. */
export declare function inflate(stream: Uint8Array, most: number): Uint8Array | null
