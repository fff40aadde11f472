using System;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

// Runs a .NET program that was built for any processor under the .NET for ARM64 that lies beside this one: PROGRAM.dll ARGUMENTS
if (args is not [string program, .. string[] rest])
{
    Console.Error.WriteLine("usage: Lr2vq.Arm64 PROGRAM.dll ARGUMENTS");
    return 2;
}
program = Path.GetFullPath(program);
string folder = Path.GetDirectoryName(program)!, natives = Path.Combine(folder, "runtimes", "linux-arm64", "native");
AssemblyLoadContext.Default.Resolving += (context, name) =>
    Path.Combine(folder, name.Name + ".dll") is var path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
{
    foreach (string candidate in new[] { name, $"lib{name}.so", $"{name}.so" })
        if (Path.Combine(natives, candidate) is var path && File.Exists(path)) return NativeLibrary.Load(path);
    return 0;
};
Assembly assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(program);
Assembly.SetEntryAssembly(assembly);
MethodInfo main = assembly.EntryPoint ?? throw new InvalidOperationException($"{program} has no entry point");
object? result = main.Invoke(null, main.GetParameters().Length == 0 ? null : [rest]);
return result is int code ? code : 0;
