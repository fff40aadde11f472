namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ61xx: the cache of artifacts.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition CacheUnusable = new("LR2VQ6101", DiagnosticSeverity.Warning,
        "The cache in '{0}' cannot be used: {1}", "The model was compressed without it; Lr2vqCacheDirectory or --cache-directory names another folder");

    public static readonly DiagnosticDefinition CacheRequired = new("LR2VQ6102", DiagnosticSeverity.Error,
        "The artifact of '{0}' is not in the cache '{1}', and this build must not compress", "Build once where it may compress, or unset Lr2vqRequireCache");

    public static readonly DiagnosticDefinition CacheEntryDamaged = new("LR2VQ6103", DiagnosticSeverity.Warning,
        "The cache's entry {0} is damaged or was changed, and is not used: {1}", "The model is compressed again");
}
