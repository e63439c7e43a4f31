module samsa/compat

go 1.24
