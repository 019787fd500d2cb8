// Weakly connected components of what gds_project.cypher read.
CALL gds.wcc.stats('links') YIELD componentCount
RETURN componentCount AS components
