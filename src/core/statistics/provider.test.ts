import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providerOf } from './provider.ts'

test('a mail host belongs to the registered domain of its name', () => {
  const known = {
    'gmail-smtp-in.l.google.com': 'google.com',
    'ASPMX.L.GOOGLE.COM.': 'google.com',
    'example-com.mail.protection.outlook.com': 'outlook.com',
    'mx1.mail.example.co.uk': 'example.co.uk',
  }
  for (const [host, provider] of Object.entries(known)) assert.equal(providerOf(host), provider)
})

test('what has no registered domain stands for itself', () => {
  for (const host of ['127.0.0.1', '2001:db8::1', 'localhost', 'co.uk', '']) {
    assert.equal(providerOf(host), host)
  }
})
