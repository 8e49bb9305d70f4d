/** One line with what proves it. */
import { useQuery } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { answerQuery } from '../../api/queries.ts'
import { segment } from '../../api/request.ts'
import type { GetAuditProofAnswer } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyValue } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { DefinitionList } from '../../ui/page.tsx'
import { Loading } from '../../ui/states.tsx'
import { Time } from '../../ui/time.tsx'
import { type AuditLine, actorName } from './audit-line.ts'

interface Props {
  line: AuditLine
  onActor: (id: string) => void
}

export function LineDialog({
  line,
  onClose,
  onActor,
}: Omit<Props, 'line'> & { line?: AuditLine; onClose: () => void }) {
  return (
    <Dialog
      isOpen={line !== undefined}
      onClose={onClose}
      title={line ? `${actorName(line)} ${line.words}` : ''}
      width="lg"
    >
      {line && <LineFacts line={line} onActor={onActor} />}
    </Dialog>
  )
}

function LineFacts({ line, onActor }: Props) {
  const { at, action, actor, process, object } = line
  const { id: actorId } = actor
  return (
    <div className="grid gap-5">
      <DefinitionList
        entries={[
          ['When', <Time key="at" at={at} isAbsolute />],
          ['Action', <code key="action">{action}</code>],
          ['By', actorName(line)],
          ...(actorId === null
            ? []
            : [['Id', <CopyValue key="id" value={actorId} what="id of who did it" />] as const]),
          ['Written by', process],
          ['To', `${object.count} × ${object.kind.replaceAll('_', ' ')}`],
          ...(object.id === null
            ? []
            : [['Its id', <CopyValue key="o" value={object.id} what="id" />] as const]),
        ].map(([name, value]) => [name, value] as [string, typeof value])}
      />
      {actorId !== null && (
        <div>
          <Button size="sm" onClick={() => onActor(actorId)}>
            Only lines by the same actor
          </Button>
        </div>
      )}
      <Proof id={line.id} />
    </div>
  )
}

function Proof({ id }: { id: string }) {
  const { data, error } = useQuery(answerQuery<GetAuditProofAnswer>(`/audit/${segment(id)}/proof`))
  if (error) return <p role="alert">{error.message}</p>
  if (!data) return <Loading lines={3} label="Looking for the proof" />
  const { position, checkpoint, proof, line } = data
  return (
    <section className="grid gap-3">
      <p className="flex items-start gap-2">
        <ShieldCheck className="mt-0.5 size-4.5 shrink-0 text-good" aria-hidden />
        <span>
          Placed at position {position}; checkpoint over {checkpoint.tree_size} lines, signed{' '}
          <Time at={checkpoint.signed_at} isAbsolute />. {proof.length}{' '}
          {proof.length === 1 ? 'hash proves' : 'hashes prove'} it.
        </span>
      </p>
      <CodeBlock label="The line as it was hashed" samples={[{ language: 'JSON', text: line }]} />
    </section>
  )
}
