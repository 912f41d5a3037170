// Tells the style sheet that scripts run; whatever needs one is shown from here on.
document.documentElement.dataset.scripts = "";
