import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paths } from './paths.ts'

test('after signing in one goes on to a page of ours, and to nowhere else', () => {
  assert.equal(paths.signIn('/domains?tab=a'), '/sign-in?next=%2Fdomains%3Ftab%3Da')
  for (const next of [
    '//elsewhere.example',
    '/\\elsewhere.example',
    'https://elsewhere.example',
    'javascript:alert(1)',
    '',
  ]) {
    assert.equal(paths.signIn(next), '/sign-in', next)
  }
})
