using System;
using System.IO;
using System.Reflection;
using Lr2vq.Building;
using Lr2vq.Tool.Training;
using Lr2vq.Training;

namespace Lr2vq.Accuracy;

/// <summary>Makes libtorch work in this program: where the system's C++ run time is too old, the program starts again under a newer one, with the same arguments and as the same process.</summary>
internal static class TorchProcess
{
    /// <returns>False, with a line for people, where libtorch cannot be had.</returns>
    public static bool Ensure(string[] arguments)
    {
        string program = Assembly.GetExecutingAssembly().Location;
        if (!LoaderHost.IsRunning && OperatingSystem.IsLinux() && CxxRuntime.IsNeeded(CxxRuntime.LibTorchOf(program)))
        {
            if (CxxRuntime.Libraries(line => Console.Error.WriteLine(line), out string reason) is { } libraries) LoaderHost.Become(libraries, program, arguments);
            Console.Error.WriteLine(reason);
        }
        if (LibTorch.Problem is not { } problem) return true;
        Console.Error.WriteLine("libtorch cannot be loaded: " + problem);
        return false;
    }
}
