"""Words and pictures: the catalogue of sentences, charts, the page, the document and the screen."""
