"""Clusters, logins and image repositories of Google Cloud, through Google's own client libraries."""
