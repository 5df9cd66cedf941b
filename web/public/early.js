/* Runs before the first paint, as a file because the content security policy allows no inline script: the page begins in
 * the chosen theme and language, asks for what it needs, and says so when the program does not arrive. src/ui/preferences.ts writes what is read
 * here. */
(function () {
  var stored = {};
  try {
    stored = JSON.parse(localStorage.getItem('molva.preferences')) || {};
  } catch {
    // Unreadable: the system's choice.
  }
  var root = document.documentElement;
  if (stored.theme === 'light' || stored.theme === 'dark') {
    root.dataset.theme = stored.theme;
    var colour = stored.theme === 'dark' ? '#1a1d1c' : '#ffffff';
    document.querySelectorAll('meta[name="theme-color"]').forEach(function (meta) {
      meta.content = colour;
    });
  }
  // src/ui/textSize.ts goes on from here.
  var size = stored.textSize;
  if (typeof size === 'number' && size !== 100) root.style.fontSize = Math.min(200, Math.max(80, size)) + '%';
  var width = innerWidth / parseFloat(getComputedStyle(root).fontSize);
  root.dataset.room =
    width >= 64
      ? 'three'
      : 'over' + (width < 45 ? ' one' : '') + (width < 30 ? ' narrow' : '') + (width < 20 ? ' tight' : '');
  root.lang = stored.language || (/^ru\b/i.test(navigator.language) ? 'ru' : 'en');

  // What is behind the sign-in comes beside the page, not after it: scripts/signed-in-files-plugin.ts. src/api/tokens.ts keeps the key.
  var files = document.currentScript && document.currentScript.dataset.signedIn;
  if (files && localStorage.getItem('molva.tokens'))
    files.split(' ').forEach(function (file) {
      var link = document.createElement('link');
      var style = /\.css$/.test(file);
      link.rel = style ? 'preload' : 'modulepreload';
      if (style) link.setAttribute('as', 'style');
      link.crossOrigin = '';
      link.href = file;
      document.head.append(link);
    });

  // src/app/main.tsx shows the same when a part is missing without which nothing can be drawn.
  addEventListener(
    'error',
    function (event) {
      if (!event.target || event.target.tagName !== 'SCRIPT') return;
      var show = function () {
        document.getElementById('unloaded').hidden = false;
      };
      if (document.readyState === 'loading') addEventListener('DOMContentLoaded', show);
      else show();
    },
    true,
  );
})();
