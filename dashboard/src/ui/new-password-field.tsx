import { useState } from 'react'
import { Checkbox, TextField } from './field.tsx'

/** A password that is being chosen: it may be pasted, and looked at. */
export function NewPasswordField({
  label = 'Password',
  value,
  onChange,
  error,
}: {
  label?: string
  value: string
  onChange: (value: string) => void
  error?: string | undefined
}) {
  const [isShown, setShown] = useState(false)
  return (
    <div className="grid gap-3">
      <TextField
        label={label}
        hint="15 characters or more. Four words that have nothing to do with each other are easy to keep."
        type={isShown ? 'text' : 'password'}
        autoComplete="new-password"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        error={error}
        required
      />
      <Checkbox
        label="Show what I type"
        checked={isShown}
        onChange={(event) => setShown(event.target.checked)}
      />
    </div>
  )
}
