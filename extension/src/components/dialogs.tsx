import type { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useChanges } from './context';
import type { PanelModel } from '../model/panel';
import { nameOf } from '../text/words';

/** A value that no collection can have as its name. */
const NEW = '\n';

/** The most names to list; the others are counted. */
const FEW = 5;

/** A form for the collection to index into: an existing one or a new one. */
export class CollectionForm
  extends ReactWidget
  implements Dialog.IBodyWidget<string>
{
  constructor(
    private readonly _model: PanelModel,
    private readonly _paths: readonly string[],
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-LocalAI-form');
    this._choice = _model.collection;
    this._suggestion = nameOf(_paths[0]) || _model.collection;
  }

  getValue(): string {
    return this._choice === NEW
      ? this._name.trim() || this._suggestion
      : this._choice;
  }

  protected render(): JSX.Element {
    return (
      <Fields
        model={this._model}
        names={listed(this._paths, this._trans)}
        suggestion={this._suggestion}
        trans={this._trans}
        onChoose={choice => (this._choice = choice)}
        onName={name => (this._name = name)}
      />
    );
  }

  private _choice: string;
  private _name = '';
  private _suggestion: string;
}

function Fields(props: {
  model: PanelModel;
  names: string;
  suggestion: string;
  trans: TranslationBundle;
  onChoose: (choice: string) => void;
  onName: (name: string) => void;
}): JSX.Element {
  const { model, trans } = props;
  useChanges(model.setup.changed);
  const [choice, setChoice] = React.useState(model.collection);
  return (
    <>
      <p>
        {trans.__(
          'You can then ask questions about %1. Nothing leaves this machine.',
          props.names
        )}
      </p>
      <label>
        {trans.__('Collection')}
        <HTMLSelect
          value={choice}
          onChange={event => {
            setChoice(event.target.value);
            props.onChoose(event.target.value);
          }}
        >
          {model.collections.map(name => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          <option value={NEW}>{trans.__('New collection…')}</option>
        </HTMLSelect>
      </label>
      {choice === NEW && (
        <label>
          {trans.__('Name of the new collection')}
          <input
            type="text"
            autoFocus
            className="jp-mod-styled"
            maxLength={200}
            placeholder={props.suggestion}
            onChange={event => props.onName(event.target.value)}
          />
        </label>
      )}
    </>
  );
}

/** Return the names of some paths, and how many more there are. */
export function listed(
  paths: readonly string[],
  trans: TranslationBundle
): string {
  const names = paths.slice(0, FEW).map(path => `“${nameOf(path) || '/'}”`);
  const more = paths.length - names.length;
  return more > 0
    ? trans.__('%1 and %2 more', names.join(', '), more)
    : names.join(', ');
}
