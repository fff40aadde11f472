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
        return bag.HasErrors ? ExitCode.Errors : ExitCode.Done;
    }

    /// <summary>An exception that nobody expected, as a diagnostic.</summary>
    public static Diagnostic Internal(Exception problem)
    {
        if (problem is OutOfMemoryException) return DiagnosticCatalogue.OutOfMemory.At(default, problem.Message);
        string where = problem.StackTrace?.Split('\n').Select(line => line.Trim()).FirstOrDefault() ?? "";
        return DiagnosticCatalogue.InternalError.At(default, problem.Message.TrimEnd('.'), problem.GetType().Name, where);
    }
}
