"""Memory: predict the peak of training, measure it, recognise when it runs out."""
