import { useSuspenseQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { RefreshCw } from 'lucide-react'
import { useChange } from '../../api/queries.ts'
import { useMay } from '../../frame/session.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { useFilters } from '../../ui/filter-bar.tsx'
import { Card, PageHeader } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'
import { DomainClaim } from './domain-claim.tsx'
import { DeleteDomain } from './domain-delete.tsx'
import { DomainKeys } from './domain-keys.tsx'
import { OwnSpf } from './domain-own-spf.tsx'
import { type Domain, domainPath, domainQuery, formOf } from './domain-query.ts'
import { DomainRecords, RecordEntry } from './domain-records.tsx'
import { DomainSettings } from './domain-settings.tsx'

export const title = 'Domain'

/** While a check is under way the page asks how it goes. */
const checkingMs = 1_500

export const loader = ({ client, params, search }: LoaderInput) =>
  client.ensureQueryData(domainQuery(params.id ?? '', search.dkim))

export function View() {
  const { id = '' } = useParams({ strict: false }) as { id?: string } // by the pattern of this page
  const [filters, change] = useFilters(['dkim'])
  const { data: domain } = useSuspenseQuery({
    ...domainQuery(id, filters.dkim),
    refetchInterval: ({ state }) => (state.data?.is_checking ? checkingMs : false),
  })
  const may = useMay()
  const mayChange = may('domains:write')
  const dmarc = domain.records.find(({ purpose }) => purpose === 'dmarc')
  return (
    <>
      <PageHeader
        above={
          <Link to={paths.domains()} className="underline underline-offset-3 hover:text-ink">
            Domains
          </Link>
        }
        title={
          <span className="flex flex-wrap items-center gap-3">
            {domain.unicode_name ?? domain.name} <StateBadge state={domain.status} />
          </span>
        }
        actions={mayChange && <CheckAgain domain={domain} />}
      />
      <div className="grid gap-4">
        <Progress domain={domain} />
        {domain.obstacle === 'held' && <DomainClaim domain={domain} mayChange={mayChange} />}
        <DomainRecords
          domain={domain}
          form={formOf(filters.dkim)}
          onForm={(form) => change({ dkim: form === 'txt' ? '' : form })}
        />
        {dmarc && (
          <Card title="DMARC: advice" hint={domain.dmarc_advice}>
            <RecordEntry record={dmarc} domain={domain} />
          </Card>
        )}
        {domain.own_spf && <OwnSpf spf={domain.own_spf} />}
        <DomainKeys domain={domain} mayChange={mayChange} />
        <DomainSettings domain={domain} mayChange={mayChange} />
        {mayChange && <DeleteDomain domain={domain} />}
      </div>
    </>
  )
}

function CheckAgain({ domain: { id, is_checking: isChecking } }: { domain: Domain }) {
  const tell = useToast()
  const check = useChange<void>(
    () => ({ method: 'POST', path: `${domainPath(id)}/verify` }),
    [domainPath(id), '/domains'],
  )
  const onError = ({ message }: Error) =>
    tell({ kind: 'bad', title: 'The check could not be asked for', detail: message })
  return (
    <Button
      look="primary"
      icon={<RefreshCw className="size-4" aria-hidden />}
      isBusy={check.isPending || isChecking}
      onClick={() => check.mutate(undefined, { onError })}
    >
      {isChecking ? 'Checking' : 'Check again'}
    </Button>
  )
}

function Progress({ domain }: { domain: Domain }) {
  const { is_checking: isChecking, checked_at: at, next_check_at: next, status } = domain
  const demanded = domain.records.filter(({ purpose }) => purpose !== 'dmarc')
  const right = demanded.filter(({ status: verdict }) => verdict === 'verified').length
  return (
    <p role="status" className="text-ink-soft">
      {isChecking && 'Looking the records up at the name servers of the zone. '}
      {!isChecking && at === null && 'Publish the records below, then press “Check again”. '}
      {!isChecking && at !== null && (
        <>
          {right} of {demanded.length} records found right · looked at <Time at={at} />
          {next !== null && (
            <>
              {' · '}next look <Time at={next} />{' '}
            </>
          )}
        </>
      )}
      {!isChecking &&
        domain.obstacle === 'unanswered' &&
        'No name server could say whether the key is there; this is looked at again soon. '}
      {status === 'verified' &&
        !domain.return_path_ready &&
        'Mail may leave; until the return path stands in DNS, bounces return to the installation’s own name.'}
    </p>
  )
}
