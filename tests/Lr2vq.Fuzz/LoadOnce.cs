using System;
using System.IO;
using System.Reflection;
using System.Runtime;
using Lr2vq.Sessions;

namespace Lr2vq.Fuzz;

/// <summary>Loads a network in a process that has loaded none, and says what that took, a line each: the methods that the JIT compiled until the first session is
/// ready, then the assemblies that are loaded when it has computed once.</summary>
internal static class LoadOnce
{
    public static int Run(string path, TextWriter output)
    {
        long before = JitInfo.GetCompiledMethodCount(currentThread: true);
        using PlanRunner network = PlanRunner.Load(path);
        using ModelSession session = network.CreateSession();
        session.Prepare(network.InputShapes.Usual);
        long methods = JitInfo.GetCompiledMethodCount(currentThread: true) - before;
        session.SetZeros(network.InputShapes.Usual);
        session.Run();
        output.WriteLine(methods);
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies()) output.WriteLine(assembly.GetName().Name);
        return 0;
    }
}
