using System;
using System.IO;
using Lr2vq.Diagnostics;

namespace Lr2vq.Tool.Training;

/// <summary>Runs the command under the C++ run time that <c>LR2VQ_CXX_RUNTIME</c> names, where the system's is too old for libtorch.</summary>
internal static class NewerCxxRuntime
{
    /// <summary>Starts this program again, as the same process, if a run time is named and this is not yet it.</summary>
    /// <exception cref="DiagnosticException">What is named is no run time.</exception>
    public static void Enter(string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || LoaderHost.IsRunning || Environment.GetEnvironmentVariable(LoaderHost.Variable) is not { Length: > 0 } libraries) return;
        try
        {
            LoaderHost.Become(libraries, typeof(NewerCxxRuntime).Assembly.Location, arguments);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(DiagnosticCatalogue.CxxRuntimeUnusable.At(default, libraries, problem.Message.TrimEnd('.')));
        }
    }
}
