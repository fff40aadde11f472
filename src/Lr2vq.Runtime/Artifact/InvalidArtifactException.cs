using System;
using Lr2vq.Diagnostics;

namespace Lr2vq;

/// <summary>A <c>.lr2vq</c> artifact cannot be used: it is damaged, of a newer version, or belongs to another model.</summary>
public sealed class InvalidArtifactException : Exception
{
    internal InvalidArtifactException(Diagnostic diagnostic, Exception? cause = null)
        : base(diagnostic.Id + ": " + diagnostic.Text, cause) => Diagnostic = diagnostic;

    /// <summary>The code of the problem, <c>LR2VQ5</c> and three digits.</summary>
    public string Code => Diagnostic.Id;

    internal Diagnostic Diagnostic { get; }
}
