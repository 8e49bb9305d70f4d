import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandScore } from './command-score.ts'

test('every typed word begins a word of the command, in any order and case', () => {
  assert.equal(commandScore('Theme Dark theme', 'dark th'), 1)
  assert.equal(commandScore('Theme Dark theme', 'TH dar'), 1)
  assert.equal(commandScore('Do Your data', 'dark th', ['retention', 'close the account']), 0)
  assert.equal(commandScore('Go to Domains', 'omains'), 0)
  assert.equal(commandScore('Go to Domains', ' '), 1)
})

test('what a command is called counts for more than the other words it goes by', () => {
  const named = commandScore('Go to Audit log', 'audit')
  const other = commandScore('Go to Settings', 'audit', ['audit'])
  assert.ok(named > other && other > 0)
})
