/** API keys in a text: by their form, then by their checksum, so that a random text is none. */
import { readToken } from './token.ts'

const candidates = /(?:SG\.)?pst_(?:live|test)_[0-9A-Za-z]{36}(?![0-9A-Za-z])/g

export interface FoundToken {
  offset: number
  /** Without a dialect's prefix. */
  token: string
}

export function findTokens(text: string): FoundToken[] {
  return [...text.matchAll(candidates)].flatMap(({ index, 0: candidate }) => {
    const token = readToken(candidate)
    return token === undefined ? [] : [{ offset: index, token }]
  })
}
