"""What several readers share: packages, tables, running text, mail parts."""
