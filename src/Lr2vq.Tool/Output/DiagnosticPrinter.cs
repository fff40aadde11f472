using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Output;

/// <summary>Diagnostics for people and for MSBuild: its canonical form, on the error stream.</summary>
internal static class DiagnosticPrinter
{
    public static void Print(ToolContext context, IEnumerable<Diagnostic> diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics) context.Error.WriteLine(diagnostic.ToString());
    }

    /// <summary>Prints what is in the bag; the exit code that belongs to it.</summary>
    public static int Finish(ToolContext context, DiagnosticBag bag)
    {
        Print(context, bag.All);
        return Code(bag.All);
    }

    /// <summary>The exit code of a command that has this to say. An error about an option was made on the command line.</summary>
    public static int Code(IReadOnlyList<Diagnostic> diagnostics)
    {
        Diagnostic[] errors = [.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)];
        if (errors.Length == 0) return ExitCode.Done;
        return errors.Any(d => d.Place.Option is not null) ? ExitCode.Usage : ExitCode.Errors;
    }

    /// <summary>An exception that nobody expected, as a diagnostic.</summary>
    public static Diagnostic Internal(Exception problem)
    {
        if (problem is OutOfMemoryException) return DiagnosticCatalogue.OutOfMemory.At(default, problem.Message);
        string where = problem.StackTrace?.Split('\n').Select(line => line.Trim()).FirstOrDefault() ?? "";
        return DiagnosticCatalogue.InternalError.At(default, problem.Message.TrimEnd('.'), problem.GetType().Name, where);
    }
}
