"""A company's first hour: from past questions or articles to proposals that a person accepts or throws away."""
