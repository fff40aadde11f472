using System;
using Lr2vq.Diagnostics;

namespace Lr2vq.Sessions;

/// <summary>What a caller gave as inputs cannot be computed: their shapes or values do not fit the network. Callers see an
/// <see cref="ArgumentException"/>, whose cause this is; tools take the diagnostic.</summary>
internal sealed class InputProblemException : Exception
{
    private InputProblemException(Diagnostic diagnostic, Exception? cause) : base(diagnostic.Text, cause) => Diagnostic = diagnostic;

    public Diagnostic Diagnostic { get; }

    public static ArgumentException Of(Diagnostic diagnostic, Exception? cause = null) =>
        new(diagnostic.Id + ": " + diagnostic.Text, new InputProblemException(diagnostic, cause));
}
