import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ISettings, SettingValues } from '../net/wire';
import { LinkButton, TextButton } from './button';
import { useChanges, usePanel } from './context';
import { Problem } from './problem';

/** The settings that people change, as a form; all others are in the file that it names. */
export function SettingsView(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { settings } = model;
  useChanges(settings.changed);
  const { known, error } = settings;
  return (
    <div
      className="jp-LocalAI-settings jp-LocalAI-form"
      role="region"
      aria-label={trans.__('Settings')}
      tabIndex={0}
    >
      {error && <Problem error={error} />}
      {known && <Form key={JSON.stringify(known.values)} known={known} />}
      {known && (
        <p className="jp-LocalAI-note">
          {trans.__(
            'Kept in %1, which notebooks and shells read, too.',
            known.file
          )}
        </p>
      )}
      {actions.openLabSettings && (
        <LinkButton onClick={actions.openLabSettings}>
          {trans.__('What the panel starts with, and when it asks…')}
        </LinkButton>
      )}
    </div>
  );
}

function Form({ known }: { known: ISettings }): JSX.Element {
  const { model, trans } = usePanel();
  const [values, setValues] = React.useState(known.values);
  const set = (change: Partial<SettingValues>): void =>
    setValues({ ...values, ...change });
  const { chatModels } = model.setup;
  const names = chatModels.map(({ name }) => name);
  if (values.model && !names.includes(values.model)) {
    names.unshift(values.model);
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        void model.saveSettings(values);
      }}
    >
      <Field
        name="model"
        label={trans.__('Chat model')}
        note={trans.__(
          'Automatic takes the one last used, at first the largest that fits this machine.'
        )}
        known={known}
      >
        {given => (
          <HTMLSelect
            {...given}
            value={values.model}
            onChange={event => set({ model: event.target.value })}
          >
            <option value="">{trans.__('Automatic')}</option>
            {names.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </HTMLSelect>
        )}
      </Field>
      <Field
        name="system_prompt"
        label={trans.__('Instructions')}
        note={trans.__(
          'Said to the chat model with each question: a role, a tone, a language.'
        )}
        known={known}
      >
        {given => (
          <textarea
            {...given}
            className="jp-mod-styled"
            rows={3}
            value={values.system_prompt}
            onChange={event => set({ system_prompt: event.target.value })}
          />
        )}
      </Field>
      <Field
        name="passages"
        label={trans.__('Passages')}
        note={trans.__(
          'How many an answer considers; more find more and take longer.'
        )}
        known={known}
      >
        {given => (
          <input
            {...given}
            type="number"
            className="jp-mod-styled"
            required
            min={1}
            max={1000}
            value={values.passages || ''}
            onChange={event => set({ passages: Number(event.target.value) })}
          />
        )}
      </Field>
      <Field
        name="context_tokens"
        label={trans.__('Context, in tokens')}
        note={trans.__(
          'How much the chat model can read at once; more takes more memory.'
        )}
        known={known}
      >
        {given => (
          <input
            {...given}
            type="number"
            className="jp-mod-styled"
            required
            min={1024}
            value={values.context_tokens || ''}
            onChange={event =>
              set({ context_tokens: Number(event.target.value) })
            }
          />
        )}
      </Field>
      <Field
        name="quotes"
        label={trans.__('Quotes in notebooks')}
        note={trans.__(
          'Without them, answers in notebooks name places only, so that a shared notebook has no text of your documents.'
        )}
        known={known}
      >
        {given => (
          <input
            {...given}
            type="checkbox"
            checked={values.quotes}
            onChange={event => set({ quotes: event.target.checked })}
          />
        )}
      </Field>
      <div className="jp-LocalAI-checkButtons">
        <button
          type="submit"
          className="jp-mod-styled jp-LocalAI-button jp-mod-accept"
        >
          {trans.__('Save')}
        </button>
        <TextButton onClick={() => model.showView('conversation')}>
          {trans.__('Cancel')}
        </TextButton>
      </div>
    </form>
  );
}

/** What a field of the form gets: its name for its label and note, and whether the environment has fixed it. */
interface IGiven {
  id: string;
  'aria-describedby': string;
  disabled: boolean;
}

function Field(props: {
  name: keyof SettingValues;
  label: string;
  note: string;
  known: ISettings;
  children: (given: IGiven) => JSX.Element;
}): JSX.Element {
  const { trans } = usePanel();
  const id = React.useId();
  const fixed = props.known.fixed[props.name];
  return (
    <div className="jp-LocalAI-field">
      <label htmlFor={id}>{props.label}</label>
      {props.children({
        id,
        'aria-describedby': `${id}-note`,
        disabled: fixed !== undefined
      })}
      <p id={`${id}-note`} className="jp-LocalAI-note">
        {fixed
          ? trans.__(
              'Set by the environment variable %1; change it there.',
              fixed
            )
          : props.note}
      </p>
    </div>
  );
}
