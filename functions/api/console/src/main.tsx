import { render } from 'preact';
import { App } from './app/App';
import { startRouter } from './app/router';
import { applyTheme } from './state/choices';
import { resumeSession } from './state/session';
import './styles/main.css';

applyTheme();
resumeSession();
startRouter();

const root = document.getElementById('console');
if (root) render(<App />, root);
