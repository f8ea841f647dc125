# What the R packages of the field give on one table: Rscript peers.R TABLE.csv PACKAGE SEED
# TABLE.csv: a 0/1 column per list and `count`. Prints CPU seconds, then N: draws, or median and ends.
given <- commandArgs(trailingOnly = TRUE)
table <- read.csv(given[1])
lists <- table[, names(table) != "count", drop = FALSE]
clock <- function() sum(proc.time()[c("user.self", "sys.self")])
if (given[2] == "LCMCR") {
  suppressMessages(library(LCMCR))
  captures <- data.frame(lapply(lists, factor, levels = c(0, 1)), Freq = table$count)
  before <- clock()
  sampler <- lcmCR(captures, tabular = TRUE, K = 10, a_alpha = 0.25, b_alpha = 0.25,
                   seed = as.integer(given[3]), buffer_size = 10000, thinning = 10, verbose = FALSE)
  found <- lcmCR_PostSampl(sampler, burnin = 10000, samples = 8000, thinning = 10, output = FALSE)
} else if (given[2] == "dga") {
  suppressMessages(library(dga))
  data(list = paste0("graphs", ncol(lists)), package = "dga")
  cells <- array(0, dim = rep(2, ncol(lists)))
  cells[as.matrix(lists) + 1] <- table$count
  before <- clock()
  missing <- 1:(20 * sum(table$count))
  graphs <- get(paste0("graphs", ncol(lists)))
  mass <- cumsum(colSums(bma.cr(cells, missing, 2^-ncol(lists), graphs)))
  at <- function(share) sum(table$count) + missing[which(mass >= share * mass[length(mass)])[1]]
  found <- c(at(0.5), at(0.025), at(0.975))
} else {
  suppressMessages(library(SparseMSE))
  before <- clock()
  fit <- estimatepopulation(as.matrix(table), nboot = 100, iseed = as.integer(given[3]))
  found <- c(fit$popest, fit$BCaquantiles[c("0.025", "0.975")])
}
cat(clock() - before, as.numeric(found), sep = "\n")
