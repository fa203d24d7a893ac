// Bytes as the stores' parts have them: a text with a character for each.

export const bytesOf = (hex: string): string =>
  Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1')

export const hexOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('hex')

export const utf8 = (text: string): string => Buffer.from(text).toString('latin1')

/** `{'_permanent': True, 'a': 1}` by msgspec, and `{'a': 1}` by pickle. */
export const EXAMPLE = '82 aa 5f7065726d616e656e74 c3 a1 61 01'
export const PICKLE = '80 04 95 0b 00 00 00 00 00 00 00 7d 94 8c 01 61 94 4b 01 73 2e'
