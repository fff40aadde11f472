// dotnet run build/provision.cs
// Gets what building and testing needs and the machine lacks: ONNX Runtime where the feed has none, Debian programs, test networks.
using System;
using Lr2vq.Building;

return Shell.Guard(() =>
{
    Console.WriteLine("Provisioning");
    Provisioning.Run(models: true);
    return 0;
});
