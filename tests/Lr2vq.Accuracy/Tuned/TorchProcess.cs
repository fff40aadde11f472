using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using Lr2vq.Building;
using Lr2vq.Training;

namespace Lr2vq.Accuracy;

/// <summary>Makes libtorch work in this program: where the system's C++ run time is too old, the program becomes a copy of its start file that loads a newer one, with the same
/// arguments and the same process.</summary>
internal static class TorchProcess
{
    /// <returns>False, with a line for people, where libtorch cannot be had.</returns>
    public static bool Ensure(string[] arguments)
    {
        string program = Assembly.GetExecutingAssembly().Location;
        if (OperatingSystem.IsLinux() && CxxRuntime.IsNeeded(CxxRuntime.LibTorchOf(program)) && CxxRuntime.StartFile(program, line => Console.Error.WriteLine(line), out string reason) is var start)
        {
            if (start is null) Console.Error.WriteLine(reason);
            else Become(start, arguments);
        }
        if (LibTorch.Problem is not { } problem) return true;
        Console.Error.WriteLine("libtorch cannot be loaded: " + problem);
        return false;
    }

    private static void Become(string start, string[] arguments)
    {
        Dictionary<string, string> environment = new(CxxRuntime.Environ);
        foreach (System.Collections.DictionaryEntry pair in Environment.GetEnvironmentVariables()) environment.TryAdd((string)pair.Key, (string?)pair.Value ?? "");
        _ = Execve(start, [start, .. arguments, null], [.. environment.Select(pair => $"{pair.Key}={pair.Value}"), null]);
        throw new InvalidOperationException($"{start} cannot be started: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "execve", SetLastError = true)]
    private static extern int Execve([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);
}
