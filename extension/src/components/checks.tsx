import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { outcomeOf } from '../model/checks';
import type { ICheck, IDiagnosis } from '../net/wire';
import { headlineOf } from '../text/words';
import { TextButton } from './button';
import { useChanges, usePanel } from './context';
import { Problem } from './problem';

const SIGNS = { ok: '✓', warning: '!', failed: '✕' };

/** The doctor's diagnosis: the privacy promises first, then the setup. */
export function ChecksView(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { checks } = model;
  useChanges(checks.changed);
  const { diagnosis, error, isRunning } = checks;
  return (
    <div
      className="jp-LocalAI-checks"
      role="region"
      aria-label={trans.__('Privacy and setup')}
      aria-busy={isRunning}
      tabIndex={0}
    >
      {isRunning ? (
        <p className="jp-LocalAI-stage">
          {trans.__('Checking what can leave this machine and what works…')}
        </p>
      ) : error ? (
        <Problem error={error} />
      ) : (
        diagnosis && (
          <p
            className={`jp-LocalAI-headline jp-mod-${diagnosis.ok ? 'ok' : 'failed'}`}
          >
            {headlineOf(diagnosis, trans)}
          </p>
        )
      )}
      <div className="jp-LocalAI-checkButtons">
        <TextButton onClick={() => void checks.run()}>
          {trans.__('Check again')}
        </TextButton>
        {diagnosis && (
          <TextButton onClick={() => actions.copy(textOf(diagnosis, trans))}>
            {trans.__('Copy as text')}
          </TextButton>
        )}
      </div>
      {diagnosis && (
        <>
          <Group
            title={trans.__('Privacy promises')}
            checks={diagnosis.checks.filter(({ promise }) => promise)}
          />
          <Group
            title={trans.__('Setup')}
            checks={diagnosis.checks.filter(({ promise }) => !promise)}
          />
        </>
      )}
    </div>
  );
}

function Group(props: {
  title: string;
  checks: readonly ICheck[];
}): JSX.Element {
  return (
    <>
      <h3>{props.title}</h3>
      <ul>
        {props.checks.map(check => (
          <Check key={check.name} check={check} />
        ))}
      </ul>
    </>
  );
}

function Check({ check }: { check: ICheck }): JSX.Element {
  const { trans } = usePanel();
  const outcome = outcomeOf(check);
  return (
    <li className={`jp-mod-${outcome}`}>
      <div className="jp-LocalAI-checkHead">
        <span className="jp-LocalAI-sign" aria-hidden>
          {SIGNS[outcome]}
        </span>
        <strong>{check.name}</strong>
        <span className="jp-LocalAI-outcome">{wordOf(check, trans)}</span>
      </div>
      <p>{check.detail}</p>
      {!check.ok && check.remedy && (
        <p className="jp-LocalAI-remedy">{check.remedy}</p>
      )}
    </li>
  );
}

function wordOf(check: ICheck, trans: TranslationBundle): string {
  switch (outcomeOf(check)) {
    case 'ok':
      return trans.__('OK');
    case 'warning':
      return trans.__('Optional');
    case 'failed':
      return trans.__('Failed');
  }
}

function textOf(diagnosis: IDiagnosis, trans: TranslationBundle): string {
  const lines = diagnosis.checks.map(check => {
    const remedy = check.ok ? '' : ` ${check.remedy}`;
    return `${wordOf(check, trans)}: ${check.name}: ${check.detail}${remedy}`;
  });
  return [headlineOf(diagnosis, trans), '', ...lines, ''].join('\n');
}
