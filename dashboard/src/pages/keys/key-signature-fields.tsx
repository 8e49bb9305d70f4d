import { Checkbox, TextArea } from '../../ui/field.tsx'

interface Props {
  label: string
  hint: string
  isOn: boolean
  publicKey: string
  onChange: (changed: { isOn: boolean; publicKey: string }) => void
  error: string | undefined
}

/** The public key that requests are signed for, once somebody wants that. */
export function KeySignatureFields({ label, hint, isOn, publicKey, onChange, error }: Props) {
  return (
    <div className="grid gap-3">
      <Checkbox
        label={label}
        hint={hint}
        checked={isOn}
        onChange={(event) => onChange({ isOn: event.target.checked, publicKey })}
      />
      {isOn && (
        <TextArea
          label="Public key"
          isMono
          rows={4}
          placeholder={'-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----'}
          hint="Ed25519 or P-256, as PEM or JWK. The private key stays with the program; never put it here."
          value={publicKey}
          onChange={(event) => onChange({ isOn, publicKey: event.target.value })}
          error={error}
          spellCheck={false}
        />
      )}
    </div>
  )
}
