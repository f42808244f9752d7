"""Forward and backward passes: from packed groups of rows to losses and their gradients."""
