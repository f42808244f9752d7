"""An optional language model that rewords what users say."""
